InfiniteSource -> x :: Null -> u :: Unqueue -> Discard
