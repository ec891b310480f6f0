namespace McpOperator.Proxy.Limits;

/// <summary>A limit that some calls would break.</summary>
/// <param name="Most">Calls that it allows in a minute.</param>
/// <param name="IsClients">Whether it is the client's; otherwise the server's.</param>
/// <param name="Wait">When there is room again.</param>
internal readonly record struct LimitBreach(int Most, bool IsClients, TimeSpan Wait);

/// <summary>Whether calls may be made.</summary>
/// <param name="Breach">The limit that they would break; nothing when there is none.</param>
/// <param name="Away">Whether the shared counters were away.</param>
/// <param name="IsRefused">Whether the calls are refused for that.</param>
internal readonly record struct LimitAnswer(LimitBreach? Breach, bool Away = false, bool IsRefused = false);
