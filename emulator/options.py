"""How the emulator is started."""

from dataclasses import dataclass

from emulator.engine.pace import Pace


@dataclass(frozen=True)
class Options:
    """What the command line says.

    port 0 takes any free port; parent is the id of the process whose end ends the emulator.
    """

    port: int = 0
    pace: Pace = Pace.FAST
    log_level: str = "WARNING"
    parent: int | None = None
    as_shipped: bool = False
