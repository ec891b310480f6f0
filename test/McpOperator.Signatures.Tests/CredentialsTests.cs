using System.Text;
using McpOperator.Admission.Images;

namespace McpOperator.Signatures.Tests;

public sealed class CredentialsTests
{
    private const string Pin = "@sha256:1111111111111111111111111111111111111111111111111111111111111111";

    [TestCase("ghcr.io", "ghcr.io/acme/x", true)]
    [TestCase("https://ghcr.io", "ghcr.io/acme/x", true)]
    [TestCase("https://ghcr.io/v2/", "ghcr.io/acme/x", true)]
    [TestCase("ghcr.io/acme", "ghcr.io/acme/x", true)]
    [TestCase("ghcr.io/acme/x", "ghcr.io/acme/x", true)]
    [TestCase("ghcr.io/acme", "ghcr.io/acmeevil/x", false)]
    [TestCase("ghcr.io", "ghcr.io.evil.example/x", false)]
    [TestCase("ghcr.io", "ghcr.io:444/x", false)]
    [TestCase("ghcr.io:444", "ghcr.io:444/x", true)]
    [TestCase("https://index.docker.io/v1/", "nginx", true)]
    [TestCase("https://index.docker.io/v1/", "acme/x", true)]
    [TestCase("docker.io", "docker.io/acme/x", true)]
    [TestCase("registry-1.docker.io", "acme/x", true)]
    [TestCase("https://index.docker.io/v1/", "ghcr.io/x", false)]
    [TestCase("*.azurecr.io", "acme.azurecr.io/x", true)]
    [TestCase("*.azurecr.io", "a.b.azurecr.io/x", false)]
    [TestCase("*.azurecr.io", "azurecr.io/x", false)]
    [TestCase("*", "localhost/x", true)]
    [TestCase("*", "ghcr.io/x", false)]
    [TestCase("GHCR.io", "ghcr.io/x", true)]
    public void An_entry_is_for_its_registry_alone(string place, string image, bool fits) =>
        Read($"{{\"auths\":{{\"{place}\":{{\"auth\":\"dTpw\"}}}}}}").For(ImageReference.TryParse(image + Pin)!).Should().HaveCount(fits ? 1 : 0);

    [Test]
    public void The_longest_path_comes_first() =>
        Read("""{"auths":{"ghcr.io":{"username":"a","password":"p"},"ghcr.io/acme":{"username":"b","password":"p"}}}""")
            .For(ImageReference.TryParse("ghcr.io/acme/x" + Pin)!).Select(c => c.User).Should().Equal("b", "a");

    [Test]
    public void The_older_form_and_passwords_with_colons_are_read()
    {
        var auth = Convert.ToBase64String("user:pass:word"u8);
        var secret = new Dictionary<string, byte[]> { [".dockercfg"] = Encoding.UTF8.GetBytes($"{{\"ghcr.io\":{{\"auth\":\"{auth}\",\"email\":\"x\"}}}}") };
        RegistryCredentials.FromSecret(secret).For(ImageReference.TryParse("ghcr.io/x" + Pin)!).Should().ContainSingle().Which.Password.Should().Be("pass:word");
    }

    [TestCase("""{"auths":{"ghcr.io":{}},"credsStore":"desktop"}""")]
    [TestCase("""{"credHelpers":{}}""")]
    [TestCase("""{"auths":null}""")]
    public void Nothing_is_no_credential(string text) => Read(text).For(ImageReference.TryParse("ghcr.io/x" + Pin)!).Should().BeEmpty();

    [TestCase("not json")]
    [TestCase("[]")]
    [TestCase("""{"auths":[]}""")]
    [TestCase("""{"auths":{"a":"secret-value"}}""")]
    [TestCase("""{"auths":{"a":{"auth":"secret-value"}}}""")]
    [TestCase("""{"auths":{"a":{"auth":"c2VjcmV0"}}}""")]
    [TestCase("""{"auths":{"a":{},"a":{}}}""")]
    public void What_is_broken_is_told_without_showing_it(string text) =>
        FluentActions.Invoking(() => Read(text)).Should().Throw<FormatException>().Which.Message.Should().NotContain("secret-value");

    [Test]
    public void Texts_show_no_secret()
    {
        var credentials = Read("""{"auths":{"ghcr.io":{"username":"u","password":"hidden"}}}""");
        (credentials.ToString() + credentials.For(ImageReference.TryParse("ghcr.io/x" + Pin)!)[0]).Should().NotContain("hidden");
    }

    private static RegistryCredentials Read(string text) => RegistryCredentials.FromDockerConfigJson(Encoding.UTF8.GetBytes(text));
}
