namespace McpOperator.Benchmarks;

/// <summary>What is measured, and how much of it.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>Servers in one round of the convergence benchmark.</summary>
    public required int Servers { get; init; }

    /// <summary>Rounds of the convergence benchmark; each has one turn of the operator and one of each bare client.</summary>
    public required int Rounds { get; init; }

    /// <summary>How many requests the bare client has in flight; nothing: what proves quickest.</summary>
    public int? BareConcurrency { get; init; }

    /// <summary>The two sizes between which memory is compared.</summary>
    public required (int Few, int Many) MemorySizes { get; init; }

    /// <summary>Single changes whose latency is measured.</summary>
    public required int Samples { get; init; }

    /// <summary>Sessions on one server.</summary>
    public required int Sessions { get; init; }

    /// <summary>What the servers of the memory benchmark look like.</summary>
    public required Sample Sample { get; init; }

    /// <summary>How long the operator is left alone before its memory is read.</summary>
    public required TimeSpan Settle { get; init; }

    /// <summary>The operator's program.</summary>
    public required string OperatorPath { get; init; }

    /// <summary>Further arguments for the operator, such as <c>--workers=16</c>.</summary>
    public required IReadOnlyList<string> OperatorArguments { get; init; }

    /// <summary>Where results and the operator's logs go.</summary>
    public required string OutputFolder { get; init; }
}
