package main

import (
	_ "embed"
	"fmt"
	"strings"
)

// tokenList holds the tokens of npm's @pulumi/openstack, one a line; the build holds them against the package.
//
//go:embed tokens.txt
var tokenList string

// modules gives the Pulumi module of a Terraform name's first word, where the two differ.
var modules = map[string]string{"db": "database", "fw": "firewall", "lb": "loadbalancer"}

// renamed are the Terraform names that differ by more than case, module and version suffix.
var renamed = map[string]string{
	"resource openstack_blockstorage_quotaset_v2":               "openstack:blockstorage/quoteSetV2:QuoteSetV2",
	"resource openstack_blockstorage_quotaset_v3":               "openstack:blockstorage/quoteSetV3:QuoteSetV3",
	"resource openstack_objectstorage_object_v1":                "openstack:objectstorage/containerObject:ContainerObject",
	"function openstack_dns_zone_v2":                            "openstack:dns/getDnsZone:getDnsZone",
	"function openstack_sharedfilesystem_availability_zones_v2": "openstack:sharedfilesystem/getAvailbilityZones:getAvailbilityZones",
	"function openstack_fw_group_v2":                            "openstack:index/getFwGroupV2:getFwGroupV2",
	"function openstack_fw_policy_v2":                           "openstack:index/getFwPolicyV2:getFwPolicyV2",
	"function openstack_fw_rule_v2":                             "openstack:index/getFwRuleV2:getFwRuleV2",
}

// tokenOf gives the npm package's token of a Terraform resource or data source; kind is "resource" or "function".
func tokenOf(kind, terraform string) (string, error) {
	if token, ok := renamed[kind+" "+terraform]; ok {
		return token, nil
	}
	first, rest, _ := strings.Cut(strings.TrimPrefix(terraform, "openstack_"), "_")
	module := first
	if other, ok := modules[first]; ok {
		module = other
	}
	name := strings.ReplaceAll(rest, "_", "")
	if kind == "function" {
		name = "get" + name
	}
	known := map[string]string{}
	for _, token := range strings.Fields(tokenList) {
		parts := strings.Split(token, ":")
		inModule, _, _ := strings.Cut(parts[1], "/")
		known[inModule+"/"+strings.ToLower(parts[2])] = token
	}
	// The package has some names with their version and some without: that with it is the more precise.
	for _, candidate := range []string{name, strings.TrimRight(strings.TrimRight(name, "0123456789"), "v")} {
		if token, ok := known[module+"/"+candidate]; ok {
			return token, nil
		}
	}
	return "", fmt.Errorf("tokens.txt has no token for the %s %s", kind, terraform)
}
