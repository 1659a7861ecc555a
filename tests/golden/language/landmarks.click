x :: Idle;
# 7 "other.h"
x :: Idle;
#line 20 ""
y :: Foo;
  # 3 "no"
