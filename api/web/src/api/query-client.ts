// One cache for everything read from the server.
import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./problem";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) => error instanceof Problem && error.status === 0 && failures < 2,
    },
  },
});
