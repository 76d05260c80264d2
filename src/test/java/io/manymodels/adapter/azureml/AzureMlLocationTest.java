package io.manymodels.adapter.azureml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AzureMlLocationTest {

  @Test
  void aWorkspaceIsAtThePublicCloudByDefault() {
    AzureMlLocation location =
        parse("azureml://subscriptions/00-11/resourceGroups/my.rg_(1)/workspaces/ws-1");
    assertThat(location.resource().label()).isEqualTo("Azure ML workspace ws-1");
    assertThat(location.arm().url(location.resource().path() + "/models", "&x=y"))
        .isEqualTo(
            "https://management.azure.com/subscriptions/00-11/resourceGroups/my.rg_(1)/providers/"
                + "Microsoft.MachineLearningServices/workspaces/ws-1/models"
                + "?api-version=2024-10-01&x=y");
    assertThat(location.arm().scope()).isEqualTo("https://management.azure.com/.default");
  }

  @Test
  void endpointAndVersionMayBeOthers() {
    AzureMlLocation location =
        parse(
            "azureml://subscriptions/s/resourcegroups/g/registries/reg"
                + "?api-version=2025-07-01-preview&arm=https://Management.chinacloudapi.cn/");
    assertThat(location.resource().label()).isEqualTo("Azure ML registry reg");
    assertThat(location.arm().scope()).isEqualTo("https://management.chinacloudapi.cn/.default");
    assertThat(location.arm().url("/p", ""))
        .isEqualTo("https://management.chinacloudapi.cn/p?api-version=2025-07-01-preview");
  }

  @ParameterizedTest
  @CsvSource({
    "file:/x, starts in another way",
    "azureml:subscriptions/s/resourceGroups/g/workspaces/w, starts in another way",
    "azureml://secret@subscriptions/s/resourceGroups/g/workspaces/w, starts in another way",
    "azureml://subscriptions/s/resourceGroups/g/workspaces/w#secret, starts in another way",
    "azureml://subscriptions/s/resourceGroups/g, names no resource",
    "azureml://subscriptions/s/resourceGroups/g/workspaces/w/models, names no resource",
    "azureml://subscriptions/s/g/resourceGroups/workspaces/w, names no resource",
    "azureml://subscriptions/s/resourceGroups/g/models/w, neither a workspace nor a registry",
    "azureml://subscriptions/s/resourceGroups/g/workspaces/w%2Fx, not the name of a workspace",
    "azureml://subscriptions/s/resourceGroups/g/registries/w.x, not the name of a registry",
    "azureml://subscriptions/s/resourceGroups/g./workspaces/ws, not a resource group",
    "azureml://subscriptions/s_/resourceGroups/g/workspaces/ws, not a subscription id",
    "azureml://subscriptions/s/resourceGroups/g/workspaces/ws?token=secret, arm and api-version",
    "azureml://subscriptions/s/resourceGroups/g/workspaces/ws?arm, arm and api-version",
    "azureml://subscriptions/s/resourceGroups/g/workspaces/ws?arm=http://x, arm: expected https",
    "azureml://subscriptions/s/resourceGroups/g/workspaces/ws?arm=https://x/secret, arm: expected",
    "azureml://subscriptions/s/resourceGroups/g/workspaces/ws?arm=https://secret@x, arm: expected",
    "azureml://subscriptions/s/resourceGroups/g/workspaces/ws?arm=https://x&arm=https://y, twice",
    "azureml://subscriptions/s/resourceGroups/g/workspaces/ws?api-version=latest, expected a date"
  })
  void anyOtherUriIsRefusedAndNotRepeated(String uri, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse(uri))
        .withMessageStartingWith("expected azureml://subscriptions/S/resourceGroups/G/")
        .withMessageContaining(message)
        .withMessageNotContaining("secret");
  }

  private static AzureMlLocation parse(String uri) {
    return AzureMlLocation.parse(URI.create(uri));
  }
}
