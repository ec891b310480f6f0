using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpOperator.TestKit;

namespace McpOperator.Kube.Tests;

/// <summary>Sets environment variables, so nothing else may run beside it.</summary>
[NonParallelizable]
public sealed class KubeConfigTests
{
    private string _folder = "";
    private X509Certificate2 _authority = null!;
    private X509Certificate2 _serverCertificate = null!;

    [SetUp]
    public void Start()
    {
        _folder = Directory.CreateTempSubdirectory("kubeconfig").FullName;
        _authority = Issue("CN=authority", null);
        _serverCertificate = Issue("CN=server", _authority);
    }

    [TearDown]
    public void Stop()
    {
        _authority.Dispose();
        _serverCertificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void Of_several_files_the_first_that_says_something_wins()
    {
        var first = Write("first", Config(cluster: "server: https://one:1", context: "two", contextName: "one"));
        var second = Write("second", Config(cluster: "server: https://two:2", contextName: "two", clusterName: "other", ns: "shop")
            .Replace("current-context: two", "current-context: nobody", StringComparison.Ordinal));
        Environment.SetEnvironmentVariable("KUBECONFIG", $"{first}:{_folder}/missing:{second}");
        try
        {
            var config = KubernetesClientConfiguration.Load();
            config.Server.Should().Be(new Uri("https://two:2"));
            config.Namespace.Should().Be("shop");
            KubernetesClientConfiguration.Load(context: "one").Server.Should().Be(new Uri("https://one:1"));
            KubernetesClientConfiguration.Load(context: "one").Namespace.Should().Be("default");
        }
        finally
        {
            Environment.SetEnvironmentVariable("KUBECONFIG", null);
        }
    }

    [TestCase("", "no current-context")]
    [TestCase("current-context: [", "line 1")]
    [TestCase("current-context: nobody", "context 'nobody': there is no such context; there are: none")]
    [TestCase("current-context: c\ncontexts: [{name: c, context: {cluster: x}}]", "context 'c': its cluster 'x' is not defined")]
    [TestCase("current-context: c\ncontexts: [{name: c, context: {cluster: x}}]\nclusters: [{name: x, cluster: {server: nonsense}}]", "'nonsense', which is no http")]
    [TestCase("current-context: c\ncontexts: [{name: c, context: {cluster: x, user: u}}]\nclusters: [{name: x, cluster: {server: 'https://a'}}]", "its user 'u' is not defined")]
    [TestCase("current-context: c\ncontexts: [{name: c, context: {cluster: x}}]\nclusters: [{name: x, cluster: {server: 'https://a', certificate-authority-data: '%'}}]", "certificate-authority-data is no base64")]
    [TestCase("current-context: c\ncontexts: [{name: c, context: {cluster: x}}]\nclusters: [{name: x, cluster: {server: 'https://a', certificate-authority: none.crt}}]", "certificate-authority cannot be read")]
    [TestCase("current-context: c\ncontexts: [{name: c, context: {cluster: x}}]\nclusters: [{name: x, cluster: {server: 'https://a', proxy-url: 'ftp://p'}}]", "'ftp://p', which is no http, https or socks5")]
    public void What_is_wrong_is_said_with_file_and_context(string text, string message)
    {
        var path = Write("bad", text);
        var loading = () => KubernetesClientConfiguration.Load(path);
        loading.Should().Throw<KubernetesConfigException>().Which.Message.Should().Contain(path).And.Contain(message);
    }

    [Test]
    public async Task A_token_a_password_and_a_changing_token_file_are_sent()
    {
        (await HeaderAsync("token: secret")).Should().Be("Bearer secret");
        (await HeaderAsync("{username: me, password: pass}")).Should().Be("Basic bWU6cGFzcw==");
        var clock = new FakeClock();
        Write("token", "one\n");
        await using var server = await FakeApiServer.StartAsync();
        var seen = Observe(server);
        using var client = Connect(server, "tokenFile: token", clock);
        await client.GetPathAsync<object>("/version");
        Write("token", "two");
        await client.GetPathAsync<object>("/version");
        clock.Advance(TimeSpan.FromMinutes(2));
        await client.GetPathAsync<object>("/version");
        seen.Should().Equal("Bearer one", "Bearer one", "Bearer two");
    }

    [Test]
    public async Task A_refused_token_is_read_again_at_once()
    {
        Write("token", "old");
        await using var server = await FakeApiServer.StartAsync();
        server.Guard = context => context.Request.Headers.Authorization == "Bearer new" ? null : 401;
        using var client = Connect(server, "tokenFile: token", new FakeClock());
        var reading = () => client.GetPathAsync<object>("/version");
        (await reading.Should().ThrowAsync<KubernetesException>()).Which.StatusCode.Should().Be(401);
        Write("token", "new");
        (await reading()).Should().NotBeNull();
    }

    [TestCase("v1")]
    [TestCase("v1beta1")]
    public async Task A_program_is_asked_for_credentials_once_until_they_expire_or_are_refused(string version)
    {
        var clock = new FakeClock();
        WriteScript("plugin.sh", $$$"""
            echo run >> "{{{_folder}}}/runs"
            printf '%s' "$KUBERNETES_EXEC_INFO" > "{{{_folder}}}/info"
            n=$(wc -l < "{{{_folder}}}/runs")
            cat <<END
            {"apiVersion":"client.authentication.k8s.io/{{{version}}}","kind":"ExecCredential",
             "status":{"token":"$1-$FLAVOUR-$n","expirationTimestamp":"{{{clock.GetUtcNow().AddHours(1):O}}}"}}
            END
            """);
        await using var server = await FakeApiServer.StartAsync();
        var seen = Observe(server);
        using var client = Connect(server, $$"""
            exec: {apiVersion: client.authentication.k8s.io/{{version}}, command: ./plugin.sh, args: [tok], provideClusterInfo: true,
              env: [{name: FLAVOUR, value: sour}]}
            """, clock);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => client.GetPathAsync<object>("/version")));
        seen.Should().OnlyContain(h => h == "Bearer tok-sour-1");
        clock.Advance(TimeSpan.FromHours(2));
        await client.GetPathAsync<object>("/version");
        seen.Last().Should().Be("Bearer tok-sour-2");
        server.Guard = context => context.Request.Headers.Authorization == "Bearer tok-sour-3" ? null : 401;
        (await client.GetPathAsync<object>("/version")).Should().NotBeNull();
        var info = File.ReadAllText(Path.Combine(_folder, "info"));
        info.Should().Contain(server.Address.ToString().TrimEnd('/')).And.Contain($"client.authentication.k8s.io/{version}");
        File.ReadAllLines(Path.Combine(_folder, "runs")).Should().HaveCount(3);
    }

    [TestCase("exit 3", "ended with code 3: no luck")]
    [TestCase("echo hello", "printed no ExecCredential")]
    [TestCase("""echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","status":{}}'""", "answered in client.authentication.k8s.io/v1beta1")]
    [TestCase("""echo '{"apiVersion":"client.authentication.k8s.io/v1","status":{}}'""", "neither a token nor a certificate")]
    public async Task A_program_that_does_not_do_its_work_is_named(string script, string message)
    {
        WriteScript("plugin.sh", $"echo no luck >&2\n{script}");
        await using var server = await FakeApiServer.StartAsync();
        using var client = Connect(server, "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh}", TimeProvider.System);
        var reading = () => client.GetPathAsync<object>("/version");
        (await reading.Should().ThrowAsync<KubernetesConfigException>()).Which.Message.Should().Contain("plugin.sh").And.Contain(message);
    }

    [Test]
    public async Task A_missing_program_is_named_with_the_hint()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var client = Connect(
            server, "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./none, installHint: Install it.}", TimeProvider.System);
        var reading = () => client.GetPathAsync<object>("/version");
        (await reading.Should().ThrowAsync<KubernetesConfigException>()).WithMessage("*none' cannot be started*Install it.");
    }

    [Test]
    public async Task A_server_is_trusted_for_its_authority_only_unless_told_otherwise()
    {
        await using var server = await FakeApiServer.StartAsync(_serverCertificate);
        var authority = Write("ca.crt", _authority.ExportCertificatePem());
        (await ReachesAsync(server, "certificate-authority: ca.crt")).Should().BeTrue();
        (await ReachesAsync(server, $"certificate-authority-data: {Base64(File.ReadAllText(authority))}")).Should().BeTrue();
        (await ReachesAsync(server, "insecure-skip-tls-verify: true")).Should().BeTrue();
        (await ReachesAsync(server, "{}")).Should().BeFalse();
        using var other = Issue("CN=other", null);
        (await ReachesAsync(server, $"certificate-authority-data: {Base64(other.ExportCertificatePem())}")).Should().BeFalse();
    }

    [Test]
    public async Task The_name_in_the_certificate_may_be_another()
    {
        await using var server = await FakeApiServer.StartAsync(_serverCertificate);
        Write("ca.crt", _authority.ExportCertificatePem());
        (await ReachesAsync(server, "{certificate-authority: ca.crt, tls-server-name: api.test}")).Should().BeTrue();
        (await ReachesAsync(server, "{certificate-authority: ca.crt, tls-server-name: wrong.test}")).Should().BeFalse();
    }

    [Test]
    public async Task A_client_certificate_is_shown()
    {
        using var me = Issue("CN=me", _authority);
        var (certificate, key) = (me.ExportCertificatePem(), me.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Write("me.crt", certificate);
        Write("me.key", key);
        (await SubjectAsync("{client-certificate: me.crt, client-key: me.key}")).Should().Be("CN=me");
        (await SubjectAsync($"{{client-certificate-data: {Base64(certificate)}, client-key-data: {Base64(key)}}}")).Should().Be("CN=me");
        WriteScript("plugin.sh", $$"""
            cat <<'END'
            {{System.Text.Json.JsonSerializer.Serialize(new
        {
            apiVersion = "client.authentication.k8s.io/v1",
            status = new { clientCertificateData = certificate, clientKeyData = key },
        })}}
            END
            """);
        (await SubjectAsync("exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh}")).Should().Be("CN=me");
        (await SubjectAsync("{}")).Should().BeNull();
    }

    [Test]
    public async Task A_proxy_is_used()
    {
        await using var proxy = await FakeApiServer.StartAsync();
        var path = Write("config", Config(cluster: $"{{server: 'http://api.invalid:6443', proxy-url: '{proxy.Address}'}}"));
        using var client = new KubernetesClient(KubernetesClientConfiguration.Load(path));
        (await client.GetPathAsync<object>("/version")).Should().NotBeNull();
    }

    [Test]
    public void In_a_pod_the_mounted_account_is_used()
    {
        var outside = () => KubernetesClientConfiguration.InCluster(folder: _folder);
        outside.Should().Throw<KubernetesConfigException>().WithMessage("*KUBERNETES_SERVICE_HOST*");
        Environment.SetEnvironmentVariable("KUBERNETES_SERVICE_HOST", "fd00::1");
        try
        {
            Write("ca.crt", _authority.ExportCertificatePem());
            Write("token", "t");
            Write("namespace", "mcp-system\n");
            var config = KubernetesClientConfiguration.InCluster(folder: _folder);
            config.Server.Should().Be(new Uri("https://[fd00::1]:443"));
            config.Namespace.Should().Be("mcp-system");
        }
        finally
        {
            Environment.SetEnvironmentVariable("KUBERNETES_SERVICE_HOST", null);
        }
    }

    private static string Config(
        string cluster = "{}", string user = "{}", string context = "c", string contextName = "c", string clusterName = "k", string ns = "") => $$$"""
        current-context: {{{context}}}
        contexts: [{name: {{{contextName}}}, context: {cluster: {{{clusterName}}}, user: u, namespace: "{{{ns}}}"}}]
        clusters:
        - name: {{{clusterName}}}
          cluster:
            {{{cluster}}}
        users:
        - name: u
          user:
            {{{user.ReplaceLineEndings(" ")}}}
        """;

    private KubernetesClient Connect(FakeApiServer server, string user, TimeProvider time, string cluster = "")
    {
        var path = Write("config", Config($"{{server: '{server.Address}'{cluster}}}", user));
        return new(KubernetesClientConfiguration.Load(path, time: time), time);
    }

    private async Task<string?> HeaderAsync(string user)
    {
        await using var server = await FakeApiServer.StartAsync();
        var seen = Observe(server);
        using var client = Connect(server, user, TimeProvider.System);
        await client.GetPathAsync<object>("/version");
        return seen.Single();
    }

    private async Task<bool> ReachesAsync(FakeApiServer server, string cluster)
    {
        var inner = cluster.Trim('{', '}');
        using var client = Connect(server, "{}", TimeProvider.System, inner.Length > 0 ? ", " + inner : "");
        try
        {
            return await client.GetPathAsync<object>("/version") is not null;
        }
        catch (KubernetesConnectionException)
        {
            return false;
        }
    }

    private async Task<string?> SubjectAsync(string user)
    {
        await using var server = await FakeApiServer.StartAsync(_serverCertificate);
        string? subject = null;
        server.Guard = context =>
        {
            subject = context.Connection.ClientCertificate?.Subject;
            return null;
        };
        using var client = Connect(server, user, TimeProvider.System, ", insecure-skip-tls-verify: true");
        await client.GetPathAsync<object>("/version");
        return subject;
    }

    private static List<string?> Observe(FakeApiServer server)
    {
        var seen = new List<string?>();
        server.Guard = context =>
        {
            lock (seen)
            {
                seen.Add(context.Request.Headers.Authorization);
            }

            return null;
        };
        return seen;
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private void WriteScript(string name, string text)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Needs a shell.");
            return;
        }

        var path = Write(name, "#!/bin/sh\n" + text.ReplaceLineEndings("\n") + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private static X509Certificate2 Issue(string subject, X509Certificate2? authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority is null, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("api.test");
        request.CertificateExtensions.Add(names.Build());
        var (from, to) = (DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        if (authority is null)
        {
            return request.CreateSelfSigned(from, to);
        }

        using var signed = request.Create(authority, from, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}
