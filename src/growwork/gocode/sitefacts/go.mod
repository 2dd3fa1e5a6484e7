module growwork/sitefacts

go 1.21
