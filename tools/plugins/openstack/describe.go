package main

import (
	"sort"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

// shape is what one token takes and gives: names of properties, sorted.
type shape struct {
	Inputs   []string `json:"inputs"`
	Required []string `json:"required"`
	All      []string `json:"all"`
}

// describe gives every token of the plugin with its shape, for the build to hold against the npm package.
func describe(info tfbridge.ProviderInfo) map[string]shape {
	shapes := map[string]shape{}
	for name, resource := range info.Resources {
		shapes[string(resource.Tok)] = shapeOf(info.P.ResourcesMap().Get(name).Schema(), resource.Fields)
	}
	for name, function := range info.DataSources {
		shapes[string(function.Tok)] = shapeOf(info.P.DataSourcesMap().Get(name).Schema(), function.Fields)
	}
	return shapes
}

func shapeOf(schema shim.SchemaMap, fields map[string]*tfbridge.SchemaInfo) shape {
	found := shape{Inputs: []string{}, Required: []string{}, All: []string{}}
	schema.Range(func(field string, value shim.Schema) bool {
		if value.Removed() != "" {
			return true
		}
		name := tfbridge.TerraformToPulumiNameV2(field, schema, fields)
		found.All = append(found.All, name)
		if value.Optional() || value.Required() {
			found.Inputs = append(found.Inputs, name)
		}
		// What has a default, such as a name that is made up, may be left out.
		if info := fields[field]; value.Required() && (info == nil || info.Default == nil) {
			found.Required = append(found.Required, name)
		}
		return true
	})
	for _, names := range [][]string{found.Inputs, found.Required, found.All} {
		sort.Strings(names)
	}
	return found
}
