using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Proxy.Tests;

/// <summary>An issuer that speaks https, with a certificate of an authority that only the operator's configuration names.</summary>
public sealed class IssuerTrustTests
{
    private const string Resource = "http://everything.example.com/mcp";
    private const string List = """{"jsonrpc":"2.0","id":5,"method":"tools/list"}""";

    private readonly X509Certificate2 _authority = Authority();

    [OneTimeTearDown]
    public void Dispose() => _authority.Dispose();

    [Test]
    public async Task An_authority_that_the_policy_names_is_trusted_from_then_on()
    {
        await using var issuer = await IssuerServer.StartAsync(Certificate("127.0.0.1"));
        await using var proxy = await ProxyFixture.StartAsync(PolicyFor(issuer, null));
        (await StatusAsync(proxy, issuer)).Should().Be(HttpStatusCode.ServiceUnavailable);
        (await proxy.StateAsync("/policyz")).GetProperty("issuerProblem").GetString().Should().Contain(issuer.Url).And.Contain("certificate");
        issuer.Asked.Should().BeEmpty();

        proxy.Write(PolicyFor(issuer, _authority.ExportCertificatePem()));
        await Soon.TrueAsync(async () => await StatusAsync(proxy, issuer) == HttpStatusCode.OK, "the token is good");
        (await proxy.StateAsync("/policyz")).TryGetProperty("issuerProblem", out _).Should().BeFalse();
    }

    [Test]
    public async Task A_certificate_of_that_authority_for_somebody_else_is_not()
    {
        await using var issuer = await IssuerServer.StartAsync(Certificate("127.0.0.2"));
        await using var proxy = await ProxyFixture.StartAsync(PolicyFor(issuer, _authority.ExportCertificatePem()));

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

    private static X509Certificate2 Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
    }

    private X509Certificate2 Certificate(string address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        var request = new CertificateRequest("CN=issuer", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_authority, DateTimeOffset.UtcNow.AddMinutes(-30), DateTimeOffset.UtcNow.AddMinutes(30), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}
