Idle -> { -> Null -> } -> c :: { -> Null -> } -> Discard
