require(a b c);
require(foo bar);
x :: { require(library x) Idle -> Discard }
