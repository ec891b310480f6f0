using System.Net;
using McpOperator.Api;

namespace McpOperator.Proxy;

/// <summary>How the server speaks, as the operator says; which revisions it speaks is found out by asking it.</summary>
public enum UpstreamTransport
{
    /// <summary>Streamable HTTP (MCP 2025-03-26 and later).</summary>
    StreamableHttp,

    /// <summary>HTTP+SSE (MCP 2024-11-05).</summary>
    Sse,
}

/// <summary>How <c>mcp-proxy serve</c> serves.</summary>
public sealed record ServeOptions
{
    /// <summary>The server's namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The name of the ConfigMap with the policy; absent: only the file is read.</summary>
    public string? Policy { get; init; }

    /// <summary>The file with the policy.</summary>
    public required string PolicyFile { get; init; }

    /// <summary>The file with the key that seals session ids; absent: a key of this process alone.</summary>
    public string? SessionKeyFile { get; init; }

    /// <summary>The folder with user and password for the shared counters of the rate limits; absent: nobody logs in.</summary>
    public string? LimitsLogin { get; init; }

    /// <summary>Where the server listens.</summary>
    public required Uri Upstream { get; init; }

    /// <summary>How the server speaks.</summary>
    public UpstreamTransport Transport { get; init; }

    /// <summary>Where clients are served.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Any, Ports.Proxy);

    /// <summary>Where metrics and state are served.</summary>
    public IPEndPoint MetricsListen { get; init; } = new(IPAddress.Any, Ports.ProxyMetrics);

    /// <summary>Where other pods of this server reach this proxy; absent: the pod's address and the port of <see cref="Listen"/>.</summary>
    public IPEndPoint? PodAddress { get; init; }

    /// <summary>Origins of web pages that may call, such as <c>https://app.example.com</c>, besides the server's own URL.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Bytes of a client's message.</summary>
    public int MaxRequestBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes of a server's message that has to be looked at as a whole: a list of tools, an event of a stream.</summary>
    public int MaxAnswerBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long the server may take until its answer begins. Knative ends a request after at most this long itself.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>How long requests may go on after the proxy was told to stop.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>The least grave level that is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;
}
