module example.com/mapgrowth

go 1.21
