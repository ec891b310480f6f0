using System.Net;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;
using McpOperator.TestKit;

namespace McpOperator.Proxy.Tests;

/// <summary>An issuer that speaks https, with a certificate of an authority that only the operator's configuration names.</summary>
public sealed class IssuerTrustTests : IDisposable
{
    private const string Resource = "http://everything.example.com/mcp";
    private const string List = """{"jsonrpc":"2.0","id":5,"method":"tools/list"}""";

    private readonly TestAuthority _authority = new();

    [OneTimeTearDown]
    public void Dispose() => _authority.Dispose();

    [Test]
    public async Task An_authority_that_the_policy_names_is_trusted_from_then_on()
    {
        await using var issuer = await IssuerServer.StartAsync(_authority.Issue("127.0.0.1"));
        await using var proxy = await ProxyFixture.StartAsync(PolicyFor(issuer, null));
        (await StatusAsync(proxy, issuer)).Should().Be(HttpStatusCode.ServiceUnavailable);
        (await proxy.StateAsync("/policyz")).GetProperty("issuerProblem").GetString().Should().Contain(issuer.Url).And.Contain("certificate");
        issuer.Asked.Should().BeEmpty();

        proxy.Write(PolicyFor(issuer, _authority.Pem));
        await Soon.TrueAsync(async () => await StatusAsync(proxy, issuer) == HttpStatusCode.OK, "the token is good");
        (await proxy.StateAsync("/policyz")).TryGetProperty("issuerProblem", out _).Should().BeFalse();
    }

    [Test]
    public async Task A_certificate_of_that_authority_for_somebody_else_is_not()
    {
        await using var issuer = await IssuerServer.StartAsync(_authority.Issue("127.0.0.2"));
        await using var proxy = await ProxyFixture.StartAsync(PolicyFor(issuer, _authority.Pem));

        (await StatusAsync(proxy, issuer)).Should().Be(HttpStatusCode.ServiceUnavailable);
        issuer.Asked.Should().BeEmpty();
    }

    private static PolicyDocument PolicyFor(IssuerServer issuer, string? authorities) => ProxyFixture.Open(null) with
    {
        Auth = new() { Type = AuthType.OIDC, Issuer = issuer.Url, ResourceUrl = Resource, CertificateAuthorities = authorities, Claims = new() { User = "sub", Agent = "azp", Groups = "groups", Session = "sid" } },
        Access = new(AccessMode.Observe, Decision.Deny, false),
    };

    private static async Task<HttpStatusCode> StatusAsync(ProxyFixture proxy, IssuerServer issuer)
    {
        using var answer = await proxy.PostAsync(List, ("Authorization", $"Bearer {issuer.Token("alice", Resource)}"));
        return answer.StatusCode;
    }
}
