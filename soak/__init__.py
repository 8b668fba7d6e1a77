"""A soak: many jobs over all paths, a tenth of them failing, and books that must balance."""
