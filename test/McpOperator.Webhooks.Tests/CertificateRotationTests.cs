using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using McpOperator.Kube;
using McpOperator.TestKit;
using McpOperator.Webhooks.Certificates;
using McpOperator.Webhooks.Registration;
using McpOperator.Webhooks.Reviews;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpOperator.Webhooks.Tests;

public sealed class CertificateRotationTests
{
    private static readonly CertificateLifetimes Short = new()
    {
        Authority = TimeSpan.FromSeconds(24),
        Serving = TimeSpan.FromSeconds(9),
        Propagation = TimeSpan.FromSeconds(3),
        Interval = TimeSpan.FromMilliseconds(200),
    };

    private static readonly NamespacedName Secret = new("mcp-operator-system", "mcp-operator-webhook");

    /// <summary>One replica: its keeper and its server.</summary>
    private sealed record Replica(CertificateKeeper Keeper, WebhookServer Server, Task Running);

    [Test, CancelAfter(120_000)]
    public async Task Two_replicas_change_certificates_and_authorities_without_a_refused_request(CancellationToken ct)
    {
        await using var api = await FakeApiServer.StartAsync();
        api.Store.Serve([.. WebhookConfigurations.Types]);
        using var client = new KubernetesClient(KubernetesClientConfiguration.ForAddress(api.Address));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var replicas = new List<Replica>();
        for (var i = 0; i < 2; i++)
        {
            replicas.Add(await StartAsync(client, stop.Token));
        }

        await Eventually.Holds(() => replicas.All(r => r.Keeper.IsReady));
        var (served, authorities, failures, requests) = (new ConcurrentDictionary<string, bool>(), new ConcurrentDictionary<string, bool>(), new ConcurrentQueue<string>(), 0);
        var end = DateTime.UtcNow.AddSeconds(45);
        while (DateTime.UtcNow < end)
        {
            var trusted = BundleOf(api);
            authorities.TryAdd(trusted.First().Thumbprint, true);
            foreach (var replica in replicas)
            {
                try
                {
                    await AskAsync(replica.Server.Port, trusted, served);
                }
                catch (HttpRequestException e)
                {
                    failures.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff}: {e.InnerException?.Message ?? e.Message}");
                }

                requests++;
            }
        }

        failures.Should().BeEmpty();
        requests.Should().BeGreaterThan(100);
        served.Count.Should().BeGreaterThanOrEqualTo(5, "certificates were changed");
        authorities.Count.Should().BeGreaterThanOrEqualTo(3, "authorities were changed");

        await stop.CancelAsync();
        foreach (var replica in replicas)
        {
            await replica.Running;
            await replica.Server.DisposeAsync();
        }
    }

    private static async Task<Replica> StartAsync(KubernetesClient client, CancellationToken ct)
    {
        var keeper = new CertificateKeeper(
            client, Secret, new(Short, ["127.0.0.1"]), new UrlRegistrar(client, new Uri("https://127.0.0.1:1"), NullLogger.Instance), TimeProvider.System, NullLogger.Instance);
        var server = await WebhookServer.StartAsync(
            new(IPAddress.Loopback, 0), () => keeper.Current, new Dictionary<string, IKindReviewer>(), TimeProvider.System, NullLogger.Instance);
        return new(keeper, server, keeper.RunAsync(ct));
    }

    private static X509Certificate2Collection BundleOf(FakeApiServer api)
    {
        var configuration = api.Store.Find(WebhookConfigurations.Types[0], null, WebhookConfigurations.Name)!;
        var pem = Encoding.ASCII.GetString(Convert.FromBase64String((string)configuration["webhooks"]![0]!["clientConfig"]!["caBundle"]!));
        var bundle = new X509Certificate2Collection();
        bundle.ImportFromPem(pem);
        return bundle;
    }

    /// <summary>A new connection each time, as after a change of the bundle.</summary>
    private static async Task AskAsync(int port, X509Certificate2Collection trusted, ConcurrentDictionary<string, bool> served)
    {
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, chain, _) =>
            {
                chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
                chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
                served.TryAdd(certificate!.Thumbprint, true);
                return chain.Build(certificate) && certificate.MatchesHostname("127.0.0.1");
            },
        };
        using var http = new HttpClient(handler);
        using var answer = await http.PostAsync(new Uri($"https://127.0.0.1:{port}/validate/none"), new StringContent("{}"));
        answer.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }
}
