module example.com/tracegen

go 1.23
