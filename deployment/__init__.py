"""Getting a target ready: the toolchain, the emulator, deploy and destroy."""
