namespace McpOperator.Cli.Doctor;

/// <summary>Looks at one thing that servers need.</summary>
internal interface ICheck
{
    /// <summary>A word for it, for machines too.</summary>
    string Name { get; }

    /// <summary>Looks.</summary>
    IAsyncEnumerable<Finding> RunAsync(Patient patient, CancellationToken ct);
}
