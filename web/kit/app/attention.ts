import { useEffect } from 'react';

/** While something needs an answer, the dot of the browser's tab takes the failed look. */
export function useAttention(needed: boolean): void {
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
    if (!icon) return undefined;
    icon.href = needed ? '/mark-alert.svg' : '/mark.svg';
    return () => {
      icon.href = '/mark.svg';
    };
  }, [needed]);
}
