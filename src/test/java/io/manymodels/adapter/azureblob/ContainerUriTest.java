package io.manymodels.adapter.azureblob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContainerUriTest {

  @Test
  void accountAndContainerAreEnough() {
    ContainerUri uri = ContainerUri.parse(URI.create("azblob://shop01/models"));
    assertThat(uri).isEqualTo(new ContainerUri("shop01", "models", "", null));
    assertThat(uri.serviceEndpoint()).isEqualTo("https://shop01.blob.core.windows.net");
    assertThat(uri.store()).isEqualTo("azblob shop01/models");
  }

  @ParameterizedTest
  @CsvSource({
    "azblob://shop01/models/, ''",
    "azblob://shop01/models/a, a/",
    "azblob://shop01/models/a/b.c_d-1/, a/b.c_d-1/",
    "AZBLOB://shop01/a-b-c/x, x/"
  })
  void thePrefixEndsWithASlash(String uri, String prefix) {
    assertThat(ContainerUri.parse(URI.create(uri)).prefix()).isEqualTo(prefix);
  }

  @Test
  void anotherEndpointTakesThePlaceOfThePublicCloud() {
    assertThat(
            ContainerUri.parse(
                    URI.create("azblob://shop01/models?endpoint=http://127.0.0.1:10000/shop01"))
                .serviceEndpoint())
        .isEqualTo("http://127.0.0.1:10000/shop01");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          file:/models                                        | another scheme
          azblob:shop01/models                                | ACCOUNT that is not
          azblob:///models                                    | ACCOUNT that is not
          azblob://Shop01/models                              | ACCOUNT that is not
          azblob://s/models                                   | ACCOUNT that is not
          azblob://shop01:443/models                          | ACCOUNT that is not
          azblob://key@shop01/models                          | a user in it
          azblob://shop01                                     | no CONTAINER
          azblob://shop01/                                    | no CONTAINER
          azblob://shop01/Models                              | CONTAINER that is not
          azblob://shop01/-a-                                 | CONTAINER that is not
          azblob://shop01/a--b                                | CONTAINER that is not
          azblob://shop01/ab                                  | CONTAINER that is not
          azblob://shop01/models//a                           | PREFIX of which a part
          azblob://shop01/models/../a                         | PREFIX of which a part
          azblob://shop01/models/a%20b                        | PREFIX of which a part
          azblob://shop01/models#x                            | a fragment
          azblob://shop01/models?sig=SECRET                   | a query other than endpoint=URL
          azblob://shop01/models?endpoint=https://h/&sig=SECRET | a query other than endpoint=URL
          azblob://shop01/models?endpoint=ftp://h             | neither https nor http
          azblob://shop01/models?endpoint=https:///x          | host, port and path alone
          azblob://shop01/models?endpoint=https://SECRET@h    | host, port and path alone
          azblob://shop01/models?endpoint=https://h?sig=SECRET | host, port and path alone
          """)
  void whatIsWrongIsNamedAndNotRepeated(String uri, String complaint) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ContainerUri.parse(URI.create(uri)))
        .withMessageStartingWith(
            "expected azblob://ACCOUNT/CONTAINER[/PREFIX][?endpoint=URL], got ")
        .withMessageContaining(complaint)
        .withMessageNotContaining("SECRET");
  }

  @Test
  void aPrefixHasALimit() {
    String uri = "azblob://shop01/models/" + "x/".repeat(256);
    assertThat(ContainerUri.parse(URI.create(uri)).prefix()).hasSize(512);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ContainerUri.parse(URI.create(uri + "x")))
        .withMessageContaining("more than 512 characters");
  }
}
