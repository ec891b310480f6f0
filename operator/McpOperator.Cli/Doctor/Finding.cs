namespace McpOperator.Cli.Doctor;

/// <summary>How grave a finding is.</summary>
public enum Severity
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, and somebody may not have meant it so.</summary>
    Warning,

    /// <summary>Servers do not run, or are not protected, until it is put right.</summary>
    Problem,
}

/// <summary>What a check found.</summary>
/// <param name="Severity">How grave it is.</param>
/// <param name="Message">What it is.</param>
/// <param name="Fix">What to do about it; empty when all is well.</param>
public sealed record Finding(Severity Severity, string Message, string Fix = "")
{
    /// <summary>The check that found it.</summary>
    public string Check { get; init; } = "";

    internal static Finding Ok(string message) => new(Severity.Ok, message);

    internal static Finding Warning(string message, string fix) => new(Severity.Warning, message, fix);

    internal static Finding Problem(string message, string fix) => new(Severity.Problem, message, fix);
}
