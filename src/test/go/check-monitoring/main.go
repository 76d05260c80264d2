// Judges dashboards by Grafana's own types, and resources by those of Prometheus' operator, without either of them running:
//
//	go run . dashboard.json rule.yaml
//
// What is unknown, missing or of another type is an error. It prints nothing else.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	plugins.RegisterDefaultPlugins()
	failed := false
	for _, name := range os.Args[1:] {
		text, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		if strings.HasSuffix(name, ".json") {
			err = judgeDashboard(text)
		} else {
			err = judgeResources(text)
		}
		if err != nil {
			fmt.Printf("%s: %v\n", name, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

func judgeDashboard(text []byte) error {
	read := dashboard.Dashboard{}
	if err := read.UnmarshalJSONStrict(text); err != nil {
		return err
	}
	return read.Validate()
}

func judgeResources(text []byte) error {
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		var kind struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
		}
		if err := yaml.Unmarshal(document, &kind); err != nil {
			return err
		}
		if kind.APIVersion != "monitoring.coreos.com/v1" {
			return fmt.Errorf("%q is not monitoring.coreos.com/v1", kind.APIVersion)
		}
		into := map[string]any{
			monitoringv1.PrometheusRuleKind: &monitoringv1.PrometheusRule{},
			monitoringv1.ServiceMonitorsKind: &monitoringv1.ServiceMonitor{},
			monitoringv1.PodMonitorsKind:     &monitoringv1.PodMonitor{},
		}[kind.Kind]
		if into == nil {
			return fmt.Errorf("%q is not judged here", kind.Kind)
		}
		if err := yaml.UnmarshalStrict(document, into); err != nil {
			return err
		}
		if _, err := json.Marshal(into); err != nil {
			return err
		}
	}
	return nil
}
