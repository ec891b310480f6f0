using System.CommandLine;
using System.Net;
using McpOperator.Api;
using McpOperator.Proxy.Policies;
using McpOperator.Proxy.Serving;

namespace McpOperator.Proxy;

/// <summary><c>mcp-proxy serve</c></summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var ns = new Option<string>("--namespace") { Description = "The server's namespace.", Required = true };
        var policy = new Option<string?>("--policy") { Description = "The ConfigMap with the policy, which is watched. Default: only the file is read." };
        var policyFile = new Option<string>("--policy-file") { Description = "The file with the policy.", Required = true };
        var keyFile = new Option<string?>("--session-key-file") { Description = "The file with the key that seals session ids; read again when it changes. Default: a key of this process alone." };
        var limitsLogin = new Option<string?>("--limits-login") { Description = "The folder with the files username and password for the Redis in which the policy has calls counted. Default: nobody logs in." };
        var upstream = new Option<string>("--upstream") { Description = "Where the server listens, such as http://127.0.0.1:8080/mcp.", Required = true };
        var transport = new Option<string>("--upstream-transport") { Description = "How the server speaks: streamable-http or sse.", DefaultValueFactory = _ => "streamable-http" };
        var listen = new Option<string>("--listen") { Description = "Where clients are served.", DefaultValueFactory = _ => $"0.0.0.0:{Ports.Proxy}" };
        var metrics = new Option<string>("--metrics-listen") { Description = "Where metrics and state are served.", DefaultValueFactory = _ => $"0.0.0.0:{Ports.ProxyMetrics}" };
        var pod = new Option<string?>("--pod-address") { Description = "Where other pods of the server reach this proxy. Default: the pod's address and the port of --listen." };
        var origins = new Option<string[]>("--allowed-origin") { Description = "An origin of web pages that may call, such as https://app.example.com. May be repeated." };
        var timeout = new Option<int>("--request-timeout") { Description = "Seconds that the server may take until its answer begins.", DefaultValueFactory = _ => 300 };
        var drain = new Option<int>("--drain-timeout") { Description = "Seconds that requests may go on after SIGTERM.", DefaultValueFactory = _ => 25 };
        var level = new Option<LogLevel>("--log-level") { Description = "The least grave level that is logged.", DefaultValueFactory = _ => LogLevel.Information };
        upstream.Validators.Add(result => { if (!IsHttp(result.GetValueOrDefault<string>())) { result.AddError("--upstream: an http URL such as http://127.0.0.1:8080/mcp."); } });
        transport.AcceptOnlyFromAmong("streamable-http", "sse");
        foreach (var option in new Option[] { listen, metrics, pod })
        {
            option.Validators.Add(result => { if (result.Tokens is [{ Value: var text }] && !IPEndPoint.TryParse(text, out _)) { result.AddError($"{option.Name}: an address with a port such as 0.0.0.0:{Ports.Proxy}."); } });
        }

        foreach (var option in new[] { timeout, drain })
        {
            option.Validators.Add(result => { if (result.GetValueOrDefault<int>() is < 1 or > 86400) { result.AddError($"{option.Name}: from 1 to 86400 seconds."); } });
        }

        var command = new Command("serve", "Stand in front of an MCP server: enforce its policy, and pass on what it allows.")
        {
            ns, policy, policyFile, keyFile, limitsLogin, upstream, transport, listen, metrics, pod, origins, timeout, drain, level,
        };
        command.SetAction((parsed, ct) => RunAsync(
            new ServeOptions
            {
                Namespace = parsed.GetValue(ns)!,
                Policy = parsed.GetValue(policy),
                PolicyFile = parsed.GetValue(policyFile)!,
                SessionKeyFile = parsed.GetValue(keyFile),
                LimitsLogin = parsed.GetValue(limitsLogin),
                Upstream = new Uri(parsed.GetValue(upstream)!),
                Transport = parsed.GetValue(transport) == "sse" ? UpstreamTransport.Sse : UpstreamTransport.StreamableHttp,
                Listen = IPEndPoint.Parse(parsed.GetValue(listen)!),
                MetricsListen = IPEndPoint.Parse(parsed.GetValue(metrics)!),
                PodAddress = parsed.GetValue(pod) is { } address ? IPEndPoint.Parse(address) : null,
                AllowedOrigins = parsed.GetValue(origins) ?? [],
                RequestTimeout = TimeSpan.FromSeconds(parsed.GetValue(timeout)),
                DrainTimeout = TimeSpan.FromSeconds(parsed.GetValue(drain)),
                LogLevel = parsed.GetValue(level),
            },
            ct));
        return command;
    }

    private static async Task<int> RunAsync(ServeOptions options, CancellationToken ct)
    {
        await using var audit = Console.OpenStandardOutput();
        ProxyHost host;
        try
        {
            host = await ProxyHost.StartAsync(options, ClusterAccess.OfPod(), audit, Environment.GetEnvironmentVariable);
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync($"mcp-proxy: cannot start: {e.Message}");
            return 1;
        }

        await using (host)
        {
            // What only the start needed is given back.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await host.StopAsync();
        }

        return 0;
    }

    private static bool IsHttp(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp;
}
