!<arch>
notes/          0           0     0     644     21        `
not a configuration
x
config/         0           0     0     644     18        `
Idle -> b :: Foo;
