define($x A "b c" C, $n 2);
i :: Idle -> Print(${x[$n]}) -> Print("${x[0]} $x") -> Print('$x') -> Print(${nope-default}) -> Print($nope${nope}$?$#$$)
-> Print(/* $x */ ${x[9]}z) -> Print("\$n") -> Discard
