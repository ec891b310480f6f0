using System.Diagnostics;
using System.Text;
using McpOperator.Api;
using McpOperator.TestKit;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Signatures.Tests;

public sealed class RegistryFaultTests : RegistryTest
{
    [Test]
    public async Task A_gibibyte_is_cut_off_early()
    {
        var sent = 0L;
        Registry.SignLegacy(Image, Key);
        Registry.Misbehave = async context =>
        {
            if (!context.Request.Path.Value!.Contains("/blobs/", StringComparison.Ordinal))
            {
                return false;
            }

            var chunk = new byte[64 * 1024];
            try
            {
                for (; sent < 1L << 30; sent += chunk.Length)
                {
                    await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
                    // What is written to a closed connection vanishes at once, until its end has been noticed.
                    await Task.Delay(1, context.RequestAborted);
                }
            }
            catch (OperationCanceledException)
            {
            }

            return true;
        };
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.SignatureInvalid);
        verdict.Message.Should().Contain("larger than");
        sent.Should().BeLessThan(64 << 20);
    }

    [Test]
    public async Task A_registry_that_hangs_is_given_up_in_time()
    {
        Settings = Settings with { TimeoutSeconds = 1 };
        Registry.Misbehave = async context =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        var watch = Stopwatch.StartNew();
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.RegistryUnreachable);
        verdict.Message.Should().Contain("within 1 s");
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(4));
    }

    [Test]
    public async Task A_registry_that_drips_is_given_up_in_time()
    {
        Settings = Settings with { TimeoutSeconds = 1 };
        Registry.Misbehave = async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(" ");
                await Task.Delay(50);
            }

            return true;
        };
        (await VerifyAsync()).Reason.Should().Be(Reasons.RegistryUnreachable);
    }

    [Test]
    public async Task A_manifest_that_has_not_its_digest_is_refused()
    {
        Registry.Referrers = [];
        Registry.SignBundle(Image, Key);
        var manifest = Registry.Referrers[Image].Single();
        Registry.Content[manifest] = [.. Registry.Content[manifest], (byte)'\n'];
        (await VerifyAsync()).Reason.Should().Be(Reasons.RegistryNotTrusted);
    }

    [TestCase(429, "429")]
    [TestCase(503, "503")]
    [TestCase(500, "500")]
    public async Task A_registry_in_trouble_is_no_registry_without_signatures(int status, string told)
    {
        Registry.Misbehave = context =>
        {
            context.Response.StatusCode = status;
            return Task.FromResult(true);
        };
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.RegistryUnreachable);
        verdict.Message.Should().Contain(told);
    }

    [Test]
    public async Task Nobody_at_home_is_unreachable()
    {
        await Registry.DisposeAsync();
        (await VerifyAsync()).Reason.Should().Be(Reasons.RegistryUnreachable);
    }

    [Test]
    public async Task A_registry_without_a_possible_address_is_unreachable() =>
        (await VerifyAsync(host: "registry.example.com:99999")).Reason.Should().Be(Reasons.RegistryUnreachable);

    [Test]
    public async Task Http_is_spoken_only_where_it_is_listed()
    {
        Registries = new();
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.RegistryNotTrusted);
        verdict.Message.Should().Contain("images.registries.insecure");
        Registry.Requests.Should().BeEmpty();
    }

    [Test]
    public async Task A_redirect_is_followed_without_credentials()
    {
        Registry.SignLegacy(Image, Key);
        await using var store = new FakeRegistry();
        foreach (var (digest, content) in Registry.Content)
        {
            store.Content[digest] = content;
        }

        Registry.Misbehave = context => Task.FromResult(Challenge(context) || Redirect(context, $"http://{store.Host}"));
        Registries = new() { Insecure = [Registry.Host, store.Host] };
        (await VerifyAsync(credentials: User(Registry.Host))).Reason.Should().Be(Reasons.SignatureVerified);
        store.Requests.Should().NotBeEmpty().And.OnlyContain(r => r.Authorization == null);
        Registry.Requests.Should().Contain(r => r.Authorization != null);
    }

    [TestCase("http://{0}")]
    [TestCase("ftp://127.0.0.1")]
    [TestCase("http://169.254.169.254")]
    [TestCase("https://169.254.169.254")]
    [TestCase("https://[fe80::1]")]
    [TestCase("https://user:password@example.com")]
    public async Task A_redirect_to_where_nobody_should_go_is_refused(string target)
    {
        Registry.SignLegacy(Image, Key);
        await using var store = new FakeRegistry();
        Registry.Misbehave = context => Task.FromResult(Redirect(context, string.Format(null, target, store.Host)));
        (await VerifyAsync()).Reason.Should().Be(Reasons.RegistryNotTrusted);
        store.Requests.Should().BeEmpty();
    }

    [Test]
    public async Task Redirects_end()
    {
        Registry.SignLegacy(Image, Key);
        Registry.Misbehave = context => Task.FromResult(Redirect(context, $"http://{Registry.Host}"));
        (await VerifyAsync()).Reason.Should().Be(Reasons.RegistryNotTrusted);
        Registry.Requests.Count.Should().BeLessThan(20);
    }

    [Test]
    public async Task A_next_page_elsewhere_is_refused()
    {
        Registry.Referrers = [];
        Registry.Misbehave = async context =>
        {
            if (!context.Request.Path.Value!.Contains("/referrers/", StringComparison.Ordinal))
            {
                return false;
            }

            context.Response.ContentType = "application/vnd.oci.image.index.v1+json";
            context.Response.Headers.Link = "<http://169.254.169.254/latest>; rel=\"next\"";
            await context.Response.WriteAsync("{\"manifests\":[]}");
            return true;
        };
        (await VerifyAsync()).Reason.Should().Be(Reasons.RegistryNotTrusted);
    }

    internal static RegistryCredentials User(string host) =>
        RegistryCredentials.FromDockerConfigJson(Encoding.UTF8.GetBytes($"{{\"auths\":{{\"{host}\":{{\"username\":\"u\",\"password\":\"p\"}}}}}}"));

    private static bool Challenge(HttpContext context)
    {
        if (context.Request.Headers.Authorization.Count > 0)
        {
            return false;
        }

        context.Response.StatusCode = 401;
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"x\"";
        return true;
    }

    private static bool Redirect(HttpContext context, string host)
    {
        if (!context.Request.Path.Value!.Contains("/blobs/", StringComparison.Ordinal))
        {
            return false;
        }

        context.Response.StatusCode = 307;
        context.Response.Headers.Location = host + context.Request.Path;
        return true;
    }
}
