a :: Print(x,
  'y)
