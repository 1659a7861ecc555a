elementclass Foo { $a | elementclass Bar { $b | Idle -> Paint($a) -> Discard } elementclass Baz { $a | Bar($a) } Baz(9) }
Foo(3)
