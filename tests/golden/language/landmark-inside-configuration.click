m :: Print(
# 100 "foobar.click"
"test");
m2 :: Foo;
