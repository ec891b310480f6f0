using McpOperator.ChartGen;
using McpOperator.CrdGen;

// dotnet run --project charts/McpOperator.ChartGen -- <repository root> [--check]
// Run it after McpOperator.CrdGen: the chart carries the CRDs.
return FileSet.Run(args, ChartFiles.Make);
