using McpOperator.Protocol;

namespace McpOperator.Proxy.Upstream;

/// <summary>What the server was found to speak.</summary>
internal sealed record ServerProfile
{
    /// <summary>How it is reached.</summary>
    public required UpstreamTransport Transport { get; init; }

    /// <summary>The revision that it agreed to with a handshake; nothing when it has none (2026-07-28 alone).</summary>
    public ProtocolRevision? Handshake { get; init; }

    /// <summary>What it answered to the handshake; empty without one.</summary>
    public ReadOnlyMemory<byte> HandshakeResult { get; init; }

    /// <summary>The revisions that it says it speaks without a handshake; none when it speaks none so.</summary>
    public IReadOnlyList<string> StatelessRevisions { get; init; } = [];

    /// <summary>The revisions that its clients are told to choose from: its own, or those into which the proxy translates.</summary>
    public IReadOnlyList<string> Revisions => IsStateless ? StatelessRevisions : [ProtocolRevision.V20260728.Name, .. Handshake is null ? Array.Empty<string>() : [Handshake.Name]];

    /// <summary>Whether it speaks 2026-07-28, which has no handshake.</summary>
    public bool IsStateless { get; init; }
}

/// <summary>The server as it stands now.</summary>
internal sealed class ServerState
{
    private volatile ServerProfile? _profile;

    /// <summary>What it speaks; nothing before it has completed a handshake.</summary>
    public ServerProfile? Profile
    {
        get => _profile;
        set => _profile = value;
    }
}
