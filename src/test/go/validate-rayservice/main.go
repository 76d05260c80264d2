// Judges RayServices by the validation of the KubeRay operator itself, without a cluster:
//
//	kubectl kustomize my-cluster | go run . -
//
// It is not part of ./many-models test, because building the operator's packages takes minutes.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	"sigs.k8s.io/yaml"
)

func main() {
	failed := false
	for _, name := range os.Args[1:] {
		text, err := read(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		found := 0
		for _, document := range bytes.Split(text, []byte("\n---\n")) {
			var kind struct {
				Kind string `json:"kind"`
			}
			if err := yaml.Unmarshal(document, &kind); err != nil {
				fmt.Printf("%s: %v\n", name, err)
				failed = true
				continue
			}
			if kind.Kind != "RayService" {
				continue
			}
			found++
			if err := validate(document); err != nil {
				fmt.Printf("%s: %v\n", name, err)
				failed = true
			}
		}
		fmt.Printf("%s: %d RayServices\n", name, found)
		failed = failed || found == 0
	}
	if failed {
		os.Exit(1)
	}
}

func read(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(name)
}

func validate(document []byte) error {
	service := &rayv1.RayService{}
	if err := yaml.UnmarshalStrict(document, service); err != nil {
		return err
	}
	if err := utils.ValidateRayServiceMetadata(service.ObjectMeta); err != nil {
		return err
	}
	return utils.ValidateRayServiceSpec(service)
}
