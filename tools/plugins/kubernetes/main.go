// The Kubernetes provider plugin of Pulumi, as its own main starts it, for machines that cannot download it. What the
// build copies out of the module lies beside the program: the schema, and how Terraform's resources are called here.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// version is set by the build to that of the module.
var version = "0.0.0"

func main() {
	program, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	folder := filepath.Dir(program)
	provider.Serve("kubernetes", version, beside(folder, "schema.json"), beside(folder, "terraform-mapping.json"))
}

func beside(folder, name string) []byte {
	content, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		log.Fatal(err)
	}
	return content
}
