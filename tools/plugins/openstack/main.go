// The OpenStack provider plugin of Pulumi, bridged from the Terraform provider: what npm's @pulumi/openstack asks for, for
// machines that cannot download it. With --describe it prints its tokens and their properties instead of serving.
package main

import (
	"encoding/json"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/openstack"
)

// version is set by the build to that of the npm package: its programs ask the engine for it.
var version = "0.0.0"

func main() {
	info := bridged()
	if len(os.Args) == 2 && os.Args[1] == "--describe" {
		if err := json.NewEncoder(os.Stdout).Encode(describe(info)); err != nil {
			panic(err)
		}
		return
	}
	// The engine needs the schema only to generate code, which nobody does with this build.
	tfbridge.Main("openstack", version, info, []byte("{}"))
}

func bridged() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            shim.NewProvider(openstack.Provider()),
		Name:         "openstack",
		Version:      version,
		License:      "Apache-2.0",
		GitHubOrg:    "terraform-provider-openstack",
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Config:       configuration(),
		Resources: map[string]*tfbridge.ResourceInfo{
			"openstack_networking_subnet_v2": {Fields: map[string]*tfbridge.SchemaInfo{
				"allocation_pool":  {Name: "allocationPools"},
				"allocation_pools": {Name: "allocationPoolsCollection"},
			}},
			"openstack_orchestration_stack_v1": {Fields: map[string]*tfbridge.SchemaInfo{
				"outputs": {Name: "StackOutputs"},
			}},
		},
	}
	info.MustComputeTokens(tfbridge.Strategy{
		Resource: func(name string, resource *tfbridge.ResourceInfo) error {
			token, err := tokenOf("resource", name)
			resource.Tok = tokens.Type(token)
			return err
		},
		DataSource: func(name string, function *tfbridge.DataSourceInfo) error {
			token, err := tokenOf("function", name)
			function.Tok = tokens.ModuleMember(token)
			return err
		},
	})
	info.SetAutonaming(255, "-")
	return info
}

// configuration lets the variables of an openrc file stand for settings, as the package's own plugin does.
func configuration() map[string]*tfbridge.SchemaInfo {
	settings := map[string][]string{
		"auth_url":                      {"OS_AUTH_URL"},
		"region":                        {"OS_REGION_NAME"},
		"user_name":                     {"OS_USERNAME"},
		"user_id":                       {"OS_USER_ID"},
		"tenant_id":                     {"OS_TENANT_ID", "OS_PROJECT_ID"},
		"tenant_name":                   {"OS_TENANT_NAME", "OS_PROJECT_NAME"},
		"password":                      {"OS_PASSWORD"},
		"token":                         {"OS_TOKEN", "OS_AUTH_TOKEN"},
		"user_domain_name":              {"OS_USER_DOMAIN_NAME"},
		"project_domain_name":           {"OS_PROJECT_DOMAIN_NAME"},
		"application_credential_id":     {"OS_APPLICATION_CREDENTIAL_ID"},
		"application_credential_secret": {"OS_APPLICATION_CREDENTIAL_SECRET"},
		"cloud":                         {"OS_CLOUD"},
		"insecure":                      {"OS_INSECURE"},
	}
	fields := map[string]*tfbridge.SchemaInfo{}
	for name, variables := range settings {
		fields[name] = &tfbridge.SchemaInfo{Default: &tfbridge.DefaultInfo{EnvVars: variables}}
	}
	return fields
}
