using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using McpOperator.Webhooks.Reviews;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOperator.Webhooks;

/// <summary>The webhooks' HTTPS server. Every replica of the operator runs one.</summary>
internal sealed class WebhookServer(WebApplication app) : IAsyncDisposable
{
    /// <summary>The port at which it listens.</summary>
    public int Port => new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    /// <summary>Starts serving.</summary>
    /// <param name="address">Where to listen.</param>
    /// <param name="certificate">The certificate of the moment; asked anew for every connection, so that a new one needs no restart.</param>
    /// <param name="reviewers">Who decides.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Gets refusals and trouble.</param>
    public static async Task<WebhookServer> StartAsync(
        IPEndPoint address, Func<X509Certificate2?> certificate, IReadOnlyDictionary<string, IKindReviewer> reviewers, TimeProvider time, ILogger log)
    {
        var endpoint = new AdmissionEndpoint(reviewers, time, log);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = AdmissionEndpoint.LargestBody;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Listen(address, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(https =>
                {
                    https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                    https.ServerCertificateSelector = (_, _) => certificate();
                });
            });
        });
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        var app = builder.Build();
        app.Run(endpoint.HandleAsync);
        await app.StartAsync();
        return new WebhookServer(app);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
