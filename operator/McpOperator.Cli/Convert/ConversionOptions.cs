namespace McpOperator.Cli.Convert;

/// <summary>What a person has decided about a conversion.</summary>
public sealed record ConversionOptions
{
    /// <summary>
    /// Whether what was open stays open: servers without authentication, rules that only observe, addresses for clients outside. Without it
    /// the result is as strict as the operator's configuration, and a comment says what would open it.
    /// </summary>
    public bool KeepOpen { get; init; }

    /// <summary>When sessions end that have no end; here every session has one.</summary>
    public DateTime? SessionsUntil { get; init; }
}
