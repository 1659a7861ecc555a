!<arch>
notes/          0           0     0     644     20        `
not a configuration
