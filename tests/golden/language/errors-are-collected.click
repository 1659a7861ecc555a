a :: Foo;
b -> c;
%
d :: Idle(;
