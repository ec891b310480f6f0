using McpOperator.Admission.Images;
using McpOperator.Kube;
using McpOperator.Reconcilers;
using McpOperator.Reconcilers.Versions;
using McpOperator.Webhooks.Certificates;
using McpOperator.Webhooks.Registration;
using McpOperator.Webhooks.Reviews;
using Microsoft.Extensions.Logging;

namespace McpOperator.Webhooks;

/// <summary>Admission as a part of the running operator: the server, its certificate, its registration.</summary>
public sealed class WebhookService : IAsyncDisposable
{
    private readonly ICertificateSource _certificates;
    private readonly WebhookServer _server;

    private WebhookService(ICertificateSource certificates, WebhookServer server) => (_certificates, _server) = (certificates, server);

    /// <summary>Whether API servers can reach us and trust us.</summary>
    public bool IsReady => _certificates.IsReady;

    /// <summary>The port at which it listens.</summary>
    public int Port => _server.Port;

    /// <summary>Starts serving; <see cref="RunAsync"/> provides the certificate.</summary>
    /// <param name="options">How.</param>
    /// <param name="client">The API server.</param>
    /// <param name="caches">The cluster.</param>
    /// <param name="signatures">Who looks at images' signatures.</param>
    /// <param name="key">The key with which decisions are sealed.</param>
    /// <param name="configuration">The operator's configuration.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Gets refusals and trouble.</param>
    public static async Task<WebhookService> StartAsync(
        WebhookOptions options, IKubernetesClient client, OperatorCaches caches, IImageSignatures signatures, IDecisionKey key, IOperatorConfiguration configuration, TimeProvider time, ILogger log)
    {
        var certificates = CertificatesOf(options, client, time, log);
        var reviewers = Reviewers.All(caches, client, signatures, key, configuration, time);
        return new(certificates, await WebhookServer.StartAsync(options.Address, () => certificates.Current, reviewers, time, log));
    }

    /// <summary>Keeps the certificate fresh and registered until it is cancelled.</summary>
    public Task RunAsync(CancellationToken ct) => _certificates.RunAsync(ct);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static ICertificateSource CertificatesOf(WebhookOptions options, IKubernetesClient client, TimeProvider time, ILogger log)
    {
        if (options.CertificateFolder is { } folder)
        {
            return new FileCertificates(folder, time, log);
        }

        IWebhookRegistrar registrar = options.Url is { } url ? new UrlRegistrar(client, url, log) : new ServiceRegistrar(client, options.Service, log);
        return new CertificateKeeper(client, options.Service, new CertificatePlan(options.Lifetimes, options.Names), registrar, time, log);
    }
}
