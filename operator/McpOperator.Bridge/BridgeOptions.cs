using System.Net;

namespace McpOperator.Bridge;

/// <summary>How stdio servers are bridged.</summary>
public sealed record BridgeOptions
{
    /// <summary>The server's program and its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Where HTTP is served.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 18081);

    /// <summary>Whether all sessions share one process; otherwise each has its own.</summary>
    public bool Shared { get; init; }

    /// <summary>How many processes may run at the same time, the warm one included.</summary>
    public int MaxProcesses { get; init; } = 32;

    /// <summary>How many processes wait for a session that has not come yet.</summary>
    public int Spares { get; init; } = 1;

    /// <summary>After how long a session that nobody uses ends. An open stream is use.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>After how long a session that nobody uses may end for another's sake, when all processes are in use.</summary>
    public TimeSpan AbandonedAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a message may be, either way.</summary>
    public int MaxMessageBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>How long a server may take to answer <c>initialize</c>.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long requests may take to end when the bridge is told to stop.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a process has to go after its input has ended, and again after SIGTERM.</summary>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The first pause after a server that ended as soon as it was started; it doubles each time, up to a minute.</summary>
    public TimeSpan FirstBackOff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After how long an answer that has not come becomes a stream, which a client can come back to.</summary>
    public TimeSpan StreamAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a silent stream says that it lives.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Web pages that may call, such as <c>https://app.example.com</c>; pages of this machine may as long as only it is listened to.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Whether this program is process 1 of its container, and so collects whatever ends in it.</summary>
    public bool ReapsStrangers { get; init; }
}
