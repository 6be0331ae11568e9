module hookline/foreign

go 1.19

require (
	github.com/hamba/avro/v2 v2.17.2
	github.com/linkedin/goavro/v2 v2.14.1
	github.com/twmb/franz-go v1.16.1
)
