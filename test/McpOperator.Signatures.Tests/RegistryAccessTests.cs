using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.TestKit;

namespace McpOperator.Signatures.Tests;

/// <summary>A registry with a certificate of the company's own authority, behind the company's proxy.</summary>
public sealed class RegistryAccessTests : RegistryTest, IDisposable
{
    private const string Host = "registry.corp.example";

    private readonly Folder _folder = new();
    private FakeRegistry _private = null!;
    private ConnectProxy _proxy = null!;

    [SetUp]
    public void StartPrivate()
    {
        using var authority = Certificate("CN=authority", null);
        using var certificate = Certificate("CN=registry", authority);
        _folder.Write("ca.pem", authority.ExportCertificatePem());
        _folder.Write("other.pem", certificate.ExportCertificatePem());
        _private = new FakeRegistry(X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null));
        _private.SignLegacy(Image, Key);
        _proxy = new ConnectProxy(new Uri("https://" + _private.Host).Port);
        Registries = new() { CertificateAuthorities = Authority("ca.pem"), Proxy = _proxy.Address };
    }

    [TearDown]
    public async Task StopPrivate()
    {
        await _proxy.DisposeAsync();
        await _private.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [TestCase(Host)]
    [TestCase(Host + ":5000")]
    public async Task A_private_authority_counts_where_it_is_named(string host)
    {
        var verdict = await VerifyAsync(host: host);
        verdict.Reason.Should().Be(Reasons.SignatureVerified, verdict.Message);
        _proxy.Asked.Should().NotBeEmpty().And.OnlyContain(a => a == (host == Host ? Host + ":443" : host));
    }

    [Test]
    public async Task Docker_hub_has_another_name_on_the_network()
    {
        Registries = Registries with { CertificateAuthorities = new Dictionary<string, string> { ["docker.io"] = Path.Combine(_folder.Path, "ca.pem") } };
        (await VerifyAsync(host: "docker.io")).Reason.Should().Be(Reasons.SignatureVerified);
        _proxy.Asked.Should().OnlyContain(a => a == "registry-1.docker.io:443");
    }

    [Test]
    public async Task And_nowhere_else()
    {
        Registries = Registries with { CertificateAuthorities = new Dictionary<string, string> { ["other.example"] = Path.Combine(_folder.Path, "ca.pem") } };
        var verdict = await VerifyAsync(host: Host);
        verdict.Reason.Should().Be(Reasons.RegistryUnreachable);
        verdict.Message.Should().Contain("not trusted").And.Contain("images.registries.certificateAuthorities");
    }

    [Test]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        Registries = Registries with { CertificateAuthorities = Authority("other.pem") };
        _folder.Write("other.pem", Certificate("CN=authority", null).ExportCertificatePem());
        (await VerifyAsync(host: Host)).Message.Should().Contain("not trusted");
    }

    [Test]
    public async Task Authorities_that_change_are_read_again()
    {
        var good = await File.ReadAllTextAsync(Path.Combine(_folder.Path, "ca.pem"));
        _folder.Write("ca.pem", Certificate("CN=old", null).ExportCertificatePem());
        (await VerifyAsync(host: Host)).Reason.Should().Be(Reasons.RegistryUnreachable);
        _folder.Write("ca.pem", good);
        (await VerifyAsync(host: Host)).Reason.Should().Be(Reasons.SignatureVerified);
    }

    [TestCase("nowhere.pem", "is not there")]
    [TestCase("empty.pem", "holds no certificate")]
    public async Task A_file_that_cannot_be_used_is_named(string file, string what)
    {
        _folder.Write("empty.pem", "");
        Registries = Registries with { CertificateAuthorities = Authority(file) };
        var verdict = await VerifyAsync(host: Host);
        verdict.Reason.Should().Be(Reasons.RegistryNotTrusted);
        verdict.Message.Should().Contain(file).And.Contain(what).And.Contain("mount");
    }

    [TestCase("127.0.0.1:443")]
    [TestCase("169.254.169.254")]
    [TestCase("[fe80::1]")]
    [TestCase("[::1]")]
    [TestCase("localhost")]
    [TestCase("a.localhost")]
    public async Task The_proxy_is_not_asked_for_what_no_registry_may_be(string host)
    {
        (await VerifyAsync(host: host)).Reason.Should().Be(Reasons.RegistryNotTrusted);
        _proxy.Asked.Should().BeEmpty();
    }

    [TestCase(Host)]
    [TestCase(".corp.example")]
    [TestCase("." + Host)]
    public async Task Places_without_the_proxy_are_reached_without_it(string place)
    {
        Registries = Registries with { NoProxy = [place] };
        (await VerifyAsync(host: Host)).Reason.Should().Be(Reasons.RegistryUnreachable, "nobody has this name");
        _proxy.Asked.Should().BeEmpty();
    }

    [Test]
    public async Task Http_goes_without_the_proxy()
    {
        Registry.SignLegacy(Image, Key);
        Registries = Registries with { Insecure = [Registry.Host] };
        (await VerifyAsync()).Reason.Should().Be(Reasons.SignatureVerified);
        _proxy.Asked.Should().BeEmpty();
    }

    [TestCase("insecure[0]", "https://registry.example.com")]
    [TestCase("insecure[0]", "registry.example.com/team")]
    [TestCase("insecure[0]", "")]
    [TestCase("proxy", "proxy.example.com:3128")]
    [TestCase("proxy", "socks5://proxy.example.com")]
    [TestCase("proxy", "http://user:secret@proxy.example.com:3128")]
    public void Settings_that_mean_nothing_are_told(string field, string value)
    {
        var settings = field == "proxy" ? new RegistrySettings { Proxy = value } : new RegistrySettings { Insecure = [value] };
        RegistrySettingsCheck.Problems(settings).Should().ContainSingle().Which.Path.Should().Be(field);
    }

    [Test]
    public void Settings_that_mean_something_are_not() => RegistrySettingsCheck.Problems(new()
    {
        Insecure = ["registry.example.com", "127.0.0.1:5000", "[::1]:5000"],
        CertificateAuthorities = new Dictionary<string, string> { ["registry.example.com:443"] = "/etc/ca.pem" },
        NoProxy = [".svc", "registry.example.com"],
        Proxy = "http://proxy.example.com:3128",
    }).Should().BeEmpty();

    private Dictionary<string, string> Authority(string file) =>
        new[] { Host, Host + ":5000" }.ToDictionary(place => place, _ => Path.Combine(_folder.Path, file));

    private static X509Certificate2 Certificate(string name, X509Certificate2? issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        names.AddDnsName("registry-1.docker.io");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(issuer is null, false, 0, critical: true));
        var (from, until) = (DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
        return issuer is null ? request.CreateSelfSigned(from, until) : request.Create(issuer, from, until, [1, 2, 3]).CopyWithPrivateKey(key);
    }
}
