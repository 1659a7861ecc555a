a :: Idle %
| a ;
