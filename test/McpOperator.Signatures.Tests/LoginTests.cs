using System.Text;
using McpOperator.Api;
using McpOperator.TestKit;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Signatures.Tests;

public sealed class LoginTests : RegistryTest
{
    private readonly List<string> _tokenRequests = [];

    [SetUp]
    public void Clear() => _tokenRequests.Clear();

    [Test]
    public async Task A_token_is_fetched_with_the_credentials_and_used_again()
    {
        Registry.SignLegacy(Image, Key);
        Registry.Misbehave = context => TokenServerAsync(context, $"http://{Registry.Host}/token", "Basic dTpw");
        (await VerifyAsync(credentials: RegistryFaultTests.User(Registry.Host))).Reason.Should().Be(Reasons.SignatureVerified);
        _tokenRequests.Should().ContainSingle().Which.Should().Be("?service=s&scope=repository%3Ateam%2Fserver%3Apull", "we ask for pulling only, whatever the registry says");
        await VerifyAsync(OtherImage, RegistryFaultTests.User(Registry.Host));
        _tokenRequests.Should().ContainSingle();
    }

    [Test]
    public async Task Credentials_for_another_registry_stay_here()
    {
        Registry.SignLegacy(Image, Key);
        Registry.Misbehave = context => TokenServerAsync(context, $"http://{Registry.Host}/token", "");
        (await VerifyAsync(credentials: RegistryFaultTests.User("registry.example.com"))).Reason.Should().Be(Reasons.SignatureVerified);
        Registry.Requests.Should().OnlyContain(r => r.Authorization == null || r.Authorization.StartsWith("Bearer "));
    }

    [Test]
    public async Task The_next_credential_is_tried_when_one_is_wrong()
    {
        Registry.SignLegacy(Image, Key);
        Registry.Misbehave = context => TokenServerAsync(context, $"http://{Registry.Host}/token", "Basic dTpw");
        var wrong = RegistryCredentials.FromDockerConfigJson(Encoding.UTF8.GetBytes($"{{\"auths\":{{\"{Registry.Host}\":{{\"username\":\"u\",\"password\":\"wrong\"}}}}}}"));
        (await VerifyAsync(credentials: RegistryCredentials.Join([wrong, RegistryFaultTests.User(Registry.Host)]))).Reason.Should().Be(Reasons.SignatureVerified);
    }

    [Test]
    public async Task Without_credentials_the_message_asks_for_a_pull_secret()
    {
        Registry.Misbehave = context => TokenServerAsync(context, $"http://{Registry.Host}/token", "Basic dTpw");
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.RegistryDenied);
        verdict.Message.Should().Contain("imagePullSecrets");
    }

    [TestCase("http://127.0.0.1:1/token")]
    [TestCase("http://169.254.169.254/token")]
    [TestCase("https://169.254.169.254/token")]
    [TestCase("nonsense")]
    public async Task A_token_server_where_none_may_be_is_not_asked(string realm)
    {
        Registry.Misbehave = context => TokenServerAsync(context, realm, "Basic dTpw");
        (await VerifyAsync(credentials: RegistryFaultTests.User(Registry.Host))).Reason.Should().Be(Reasons.RegistryNotTrusted);
    }

    [Test]
    public async Task A_token_server_that_redirects_is_not_followed()
    {
        await using var elsewhere = new FakeRegistry();
        Registries = new() { Insecure = [Registry.Host, elsewhere.Host] };
        Registry.Misbehave = context =>
        {
            if (context.Request.Path == "/token")
            {
                context.Response.Redirect($"http://{elsewhere.Host}/token");
                return Task.FromResult(true);
            }

            return TokenServerAsync(context, $"http://{Registry.Host}/token", "Basic dTpw");
        };
        (await VerifyAsync(credentials: RegistryFaultTests.User(Registry.Host))).Reason.Should().Be(Reasons.RegistryNotTrusted);
        elsewhere.Requests.Should().BeEmpty();
    }

    [Test]
    public async Task An_identity_token_is_exchanged()
    {
        Registry.SignLegacy(Image, Key);
        string? form = null;
        Registry.Misbehave = async context =>
        {
            if (context.Request.Path == "/token" && context.Request.Method == "POST")
            {
                form = await new StreamReader(context.Request.Body).ReadToEndAsync();
                await context.Response.WriteAsync("{\"access_token\":\"t\"}");
                return true;
            }

            return await TokenServerAsync(context, $"http://{Registry.Host}/token", "none");
        };
        var credentials = RegistryCredentials.FromDockerConfigJson(Encoding.UTF8.GetBytes($"{{\"auths\":{{\"{Registry.Host}\":{{\"identitytoken\":\"refresh\"}}}}}}"));
        (await VerifyAsync(credentials: credentials)).Reason.Should().Be(Reasons.SignatureVerified);
        form.Should().Contain("refresh_token=refresh").And.Contain("scope=repository%3Ateam%2Fserver%3Apull");
    }

    private async Task<bool> TokenServerAsync(HttpContext context, string realm, string wanted)
    {
        if (context.Request.Path == "/token")
        {
            _tokenRequests.Add(context.Request.QueryString.Value!);
            context.Response.StatusCode = context.Request.Headers.Authorization.ToString() == wanted ? 200 : 401;
            await context.Response.WriteAsync("{\"token\":\"t\",\"expires_in\":300}");
            return true;
        }

        if (context.Request.Headers.Authorization == "Bearer t")
        {
            return false;
        }

        context.Response.StatusCode = 401;
        context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"{realm}\",service=\"s\",scope=\"repository:team/server:pull,push,delete\"";
        return true;
    }
}
