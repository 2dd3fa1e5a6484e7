module example.com/mapsizes

go 1.21
