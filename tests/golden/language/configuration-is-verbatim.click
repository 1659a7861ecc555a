a :: Print( "x)y"')'\<29>  /* keep (this */, 3 // and ) this
) ; Idle -> a -> Idle
