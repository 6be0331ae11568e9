package events

// Defines events according to version 1 of their schemas. Times are epoch milliseconds.

// RetryPolicy overrides the retries of a definition.
type RetryPolicy struct {
	MaxRetries int     `avro:"maxRetries"`
	BaseMs     int64   `avro:"baseMs"`
	Factor     float64 `avro:"factor"`
}

// WebhookRequested requests one call.
type WebhookRequested struct {
	ExecutionID         string            `avro:"executionId"`
	AccountID           string            `avro:"accountId"`
	WorkflowID          string            `avro:"workflowId"`
	ActionID            string            `avro:"actionId"`
	WorkflowExecutionID *string           `avro:"workflowExecutionId"`
	StepID              *string           `avro:"stepId"`
	Context             string            `avro:"context"`
	Metadata            map[string]string `avro:"metadata"`
	RequestedAt         int64             `avro:"requestedAt"`
	NotBefore           *int64            `avro:"notBefore"`
	ExpiresAt           *int64            `avro:"expiresAt"`
	RetryPolicy         *RetryPolicy      `avro:"retryPolicy"`
}

// AttemptDue is a waiting attempt.
type AttemptDue struct {
	Request        WebhookRequested `avro:"request"`
	AcceptedAt     int64            `avro:"acceptedAt"`
	ExpiresAt      int64            `avro:"expiresAt"`
	Attempt        int              `avro:"attempt"`
	DueAt          int64            `avro:"dueAt"`
	Reason         string           `avro:"reason"`
	Deferrals      int              `avro:"deferrals"`
	FirstAttemptAt *int64           `avro:"firstAttemptAt"`
}

// Authentication is the authentication of a definition.
type Authentication struct {
	Type       string  `avro:"type"`
	HeaderName *string `avro:"headerName"`
	Sealed     *[]byte `avro:"sealed"`
}

// Signing configures how requests of a definition are signed.
type Signing struct {
	SealedSecrets [][]byte `avro:"sealedSecrets"`
	GraceUntil    *int64   `avro:"graceUntil"`
}

// WebhookDefinition describes the call that an action makes.
type WebhookDefinition struct {
	ActionID          string            `avro:"actionId"`
	AccountID         string            `avro:"accountId"`
	WorkflowID        string            `avro:"workflowId"`
	Version           int64             `avro:"version"`
	Deleted           bool              `avro:"deleted"`
	Enabled           bool              `avro:"enabled"`
	URL               string            `avro:"url"`
	Method            string            `avro:"method"`
	Headers           map[string]string `avro:"headers"`
	PayloadTemplate   *string           `avro:"payloadTemplate"`
	Auth              Authentication    `avro:"auth"`
	TimeoutMs         int               `avro:"timeoutMs"`
	RetryEnabled      bool              `avro:"retryEnabled"`
	RetryMaxAttempts  int               `avro:"retryMaxAttempts"`
	SSLVerify         bool              `avro:"sslVerify"`
	ResponseMapping   map[string]string `avro:"responseMapping"`
	EndpointRateLimit *float64          `avro:"endpointRateLimit"`
	ContentKind       string            `avro:"contentKind"`
	Signing           *Signing          `avro:"signing"`
	Paused            bool              `avro:"paused"`
	StoreBodies       bool              `avro:"storeBodies"`
	UpdatedAt         int64             `avro:"updatedAt"`
}

// Names of the schema folders.
const (
	RequestedEvent  = "webhook-requested"
	DueEvent        = "attempt-due"
	DefinitionEvent = "webhook-definition"
)
