using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpOperator.TestKit;

/// <summary>An HTTP server in this process, over a real socket: what every stand-in is made on.</summary>
public sealed class LocalServer : IAsyncDisposable
{
    private static readonly CancellationToken AtOnce = new(canceled: true);
    private readonly WebApplication _app;

    private LocalServer(WebApplication app) => _app = app;

    /// <summary>Where it listens, by the address of loopback.</summary>
    public Uri Address { get; private init; } = null!;

    /// <summary>Starts one; it answers when this returns.</summary>
    /// <param name="answer">Answers a request.</param>
    /// <param name="port">On which port; 0: any that is free.</param>
    /// <param name="certificate">With it the server speaks TLS, and asks clients for their certificates without looking at them.</param>
    /// <param name="listens">On which address; by itself loopback only.</param>
    public static async Task<LocalServer> StartAsync(RequestDelegate answer, int port = 0, X509Certificate2? certificate = null, IPAddress? listens = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(listens ?? IPAddress.Loopback, port, listen =>
            {
                if (certificate is not null)
                {
                    listen.UseHttps(new HttpsConnectionAdapterOptions
                    {
                        ServerCertificate = certificate,
                        ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                        ClientCertificateValidation = (_, _, _) => true,
                    });
                }
            });
        });
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return new(app) { Address = new($"{bound.Scheme}://127.0.0.1:{bound.Port}") };
    }

    /// <summary>Stops it, cutting all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(AtOnce);
        await _app.DisposeAsync();
    }
}
