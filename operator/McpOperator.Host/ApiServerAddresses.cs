using System.Net;
using McpOperator.Api.Configuration;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Reconcilers;

namespace McpOperator.Host;

/// <summary>
/// Fills in where the API server is when the configuration does not say: servers' proxies have to reach it, and a NetworkPolicy wants
/// addresses. Both the Service's and the endpoints' are taken, because network plug-ins differ in whether they look before or after
/// the Service's address is translated.
/// </summary>
[EntityRbac(typeof(V1Service), typeof(V1Endpoints), Name = "kubernetes", Verbs = RbacVerb.Get, Scope = RbacScope.Cluster)]
internal sealed class ApiServerAddresses : IOperatorConfiguration
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly IKubernetesClient _client;
    private readonly IOperatorConfiguration _configured;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private IReadOnlyList<string> _found = [];

    public ApiServerAddresses(IKubernetesClient client, IOperatorConfiguration configured, TimeProvider time, ILogger log)
    {
        (_client, _configured, _time, _log) = (client, configured, time, log);
        configured.Changed += () => Changed?.Invoke();
    }

    /// <inheritdoc/>
    public OperatorConfiguration Current
    {
        get
        {
            var configured = _configured.Current;
            return configured.Network.ApiServerCidrs.Count > 0 ? configured : configured with { Network = configured.Network with { ApiServerCidrs = _found } };
        }
    }

    /// <inheritdoc/>
    public event Action? Changed;

    /// <summary>Looks from time to time whether the addresses changed.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                await RefreshAsync(ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    /// <summary>Looks once. Trouble leaves what was found before.</summary>
    public async Task RefreshAsync(CancellationToken ct)
    {
        try
        {
            var service = await _client.GetAsync<V1Service>("kubernetes", "default", ct);
            var endpoints = await _client.GetAsync<V1Endpoints>("kubernetes", "default", ct);
            IReadOnlyList<string> found =
            [
                .. new[] { service?.Spec.ClusterIP }
                    .Concat((endpoints?.Subsets ?? []).SelectMany(s => s.Addresses ?? []).Select(a => a.Ip))
                    .Select(ip => IPAddress.TryParse(ip, out var address) ? $"{address}/{(address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? 128 : 32)}" : null)
                    .OfType<string>().Distinct().Order(StringComparer.Ordinal),
            ];
            if (!found.SequenceEqual(_found))
            {
                _found = found;
                _log.LogInformation("The API server's addresses are {Addresses}", found);
                Changed?.Invoke();
            }
        }
        catch (Exception e) when (e is KubernetesException or KubernetesConnectionException)
        {
            _log.LogWarning("Cannot find the API server's addresses; set network.apiServerCidrs, or servers' proxies may not reach it: {Problem}", e.Message);
        }
    }
}
