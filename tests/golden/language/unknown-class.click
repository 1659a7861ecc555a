a :: Foo -> Idle;
elementclass X Bar;
