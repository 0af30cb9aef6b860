//go:build tools

// The training operator, for `go mod tidy` to know it.
package tools

import _ "github.com/kubeflow/training-operator/cmd/training-operator.v1"
