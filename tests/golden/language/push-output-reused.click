i :: InfiniteSource -> d :: Discard;
i -> d2 :: Discard;
